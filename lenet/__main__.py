"""`python -m lenet`."""

from lenet.cli.main import main

if __name__ == "__main__":
    main()
