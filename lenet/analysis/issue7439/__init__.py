"""The answer to keras-team/keras issue 7439, from what is stored."""
