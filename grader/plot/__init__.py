"""Pictures of the model at work, drawn with the learner's own functions."""

import logging

# Learners don't care about a read-only home folder or a font cache being built.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
