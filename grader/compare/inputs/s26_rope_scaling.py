"""The frequencies of one head, with the settings of Llama 3.1."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.language import tr

_SETTINGS = (8.0, 1.0, 4.0, 8192)  # factor, low_freq_factor, high_freq_factor, original_context


def scaled_frequencies(model: Model) -> Inputs:
    frequencies = model.reference.rope_frequencies(model.head_dim, model.params["rope_theta"])
    sizes = tr("{count} pairs, Llama 3.1's settings", count=len(frequencies))
    return Inputs((frequencies, *_SETTINGS), sizes)
