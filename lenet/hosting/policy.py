"""What a user may do, in one table."""

from __future__ import annotations

import enum

from lenet.errors import Forbidden
from lenet.hosting.identity import Role, User
from lenet.records import Experiment


class Action(enum.StrEnum):
    """Everything that somebody can ask for."""

    READ = "read"
    """See results."""
    READ_LOGS = "read logs"
    """See what programs printed, and paths of the machine; so too exported files, which hold both."""
    START = "start"
    IMPORT = "import"
    STOP = "stop"
    FORCE = "end by force"
    ANNOTATE = "annotate"
    DELETE = "delete"
    INSTALL = "install"
    """Build or remove a stack: it downloads and runs others' programs."""
    NAME_FOLDERS = "name folders of programs"
    """Say where variants of one's own lie, which is to say which programs may run here."""
    SHARE = "share"
    """Make a link that shows a result without signing in."""
    GET_TOKEN = "get a token"
    """For oneself, with at most one's own role."""
    REVOKE_TOKEN = "revoke a token"
    METRICS = "read the metrics"
    AUDIT = "read the audit"
    DRAIN = "drain a machine"
    """Let a machine of the fleet begin nothing more, or begin again."""
    OPERATE = "operate"
    """Prune, back up, restore."""


LOWEST = {
    Action.READ: Role.ANONYMOUS,
    Action.READ_LOGS: Role.VIEWER,
    Action.START: Role.RUNNER,
    Action.IMPORT: Role.RUNNER,
    Action.STOP: Role.RUNNER,
    Action.FORCE: Role.ADMIN,
    Action.ANNOTATE: Role.RUNNER,
    Action.DELETE: Role.ADMIN,
    Action.INSTALL: Role.ADMIN,
    Action.NAME_FOLDERS: Role.ADMIN,
    Action.SHARE: Role.RUNNER,
    Action.GET_TOKEN: Role.RUNNER,
    Action.REVOKE_TOKEN: Role.RUNNER,
    Action.METRICS: Role.VIEWER,
    Action.AUDIT: Role.ADMIN,
    Action.DRAIN: Role.ADMIN,
    Action.OPERATE: Role.ADMIN,
}
"""The least role that an action needs."""

OWN = (Action.STOP, Action.ANNOTATE)
"""What a runner may do to own experiments only, an admin to all."""


def may(user: User, action: Action, experiment: Experiment | None = None) -> bool:
    """Whether the user may do this, to this experiment where it is about one."""
    if user.role < LOWEST[action]:
        return False
    about_other = action in OWN and experiment is not None and not owns(user, experiment)
    return not about_other or user.role >= Role.ADMIN


def owns(user: User, experiment: Experiment) -> bool:
    """Whether an experiment is the user's: asked for by them here, or imported by them. What an
    imported file says of its submitter counts for nothing."""
    by = experiment.origin.get("by", "") if experiment.origin else experiment.request.submitter
    return bool(by) and by == user.name


def refusal(user: User, action: Action, experiment: Experiment | None = None) -> str:
    """Why the user may not do this, in a sentence that says what would help; '' if they may."""
    try:
        require(user, action, experiment)
    except Forbidden as error:
        return str(error)
    return ""


def require(user: User, action: Action, experiment: Experiment | None = None) -> None:
    """Raise Forbidden, in a sentence, for what the user may not do."""
    if may(user, action, experiment):
        return
    if user.role < LOWEST[action]:
        needed = LOWEST[action].word
        who = "Nobody is signed in" if user.role <= Role.ANONYMOUS else f"{user.name} is a {user.role.word}"
        article = "an" if needed[0] in "aeiou" else "a"
        raise Forbidden(f"{who}, and only {article} {needed} may {action}; sign in as one, or ask an admin.")
    assert experiment is not None
    raise Forbidden(f"Experiment {experiment.id} is not {user.name}'s; ask an admin, who may {action} any.")
