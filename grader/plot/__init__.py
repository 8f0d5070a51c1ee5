"""Pictures of the model at work, drawn from the learner's own functions."""

import logging

# A home folder that cannot be written to, or a font cache to be made: not the learner's concern.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
