"""Answer keras-team/keras issue 7439 from the experiments in the store."""
