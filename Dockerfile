# The grader for teachers on macOS and Windows; docs/teaching.md says how to use it.
#
#   docker build -t llama3-kata .
#   docker run --rm -v "$PWD:/class" llama3-kata class grade submissions --out results
#
# Docker's own seccomp profile lets a container use Landlock and seccomp, so the grader sandboxes
# untrusted code in here as it does on Linux. Nothing needs root or more rights.
FROM python:3.11-slim-bookworm

# torch comes first and from its own index: pip's default build would bring gigabytes of CUDA.
WORKDIR /kata
COPY constraints.txt ./
RUN python -m pip install --no-cache-dir "$(grep '^torch==' constraints.txt)" \
        --index-url https://download.pytorch.org/whl/cpu
COPY . .
# Editable, because the grader reads suites and solutions from this folder. Git on some machines
# makes files that only their owner can read, and here their owner is root.
RUN python -m pip install --no-cache-dir -c constraints.txt -e . && chmod -R a+rX .

# Whoever `--user` names has no folder of their own, so temporary files and caches go to /tmp.
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 1000:1000
WORKDIR /class
ENTRYPOINT ["grader"]
CMD ["class", "--help"]
