"""The fleet: the machines that one dashboard races on. One experiment runs wholly on one machine."""
