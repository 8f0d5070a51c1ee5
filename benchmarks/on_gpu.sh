#!/usr/bin/env bash
# The whole model on a GPU beside Hugging Face's, in one command, without a network:
#   bash benchmarks/on_gpu.sh                              all 32 layers on cuda: 33 GB of disk
#   bash benchmarks/on_gpu.sh --device cpu --layers 1      a dry run anywhere
# It writes on_gpu.txt, on_gpu.json and on_gpu.log to --out, or to $OUT, or to ./on_gpu.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
PYTHONPATH=$PWD${PYTHONPATH:+:$PYTHONPATH} exec "$(command -v python3 || command -v python)" \
  -u -m benchmarks.on_gpu "$@"
