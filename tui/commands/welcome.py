"""The start screen, and what somebody chose there: a recording to begin, or to come back to."""

from __future__ import annotations

from collections.abc import Callable

from ...core.config import RecordConfig
from ...core.errors import ControlError
from ..dashboard.appearance import Appearance
from ..dashboard.dress import Dressed, Result
from ..dashboard.leave import Leave
from ..dashboard.pages import PastApp
from ..dashboard.remembered import choices_file, read_choices
from ..dashboard.themes import check_theme
from ..exits import Exit
from ..session.on_screen import show_dashboard
from ..session.terminal_guard import TerminalGuard
from ..welcome.app import Chosen, History, WelcomeApp
from ..welcome.engines import Engines
from ..welcome.model.form import Form
from ..welcome.remembered import recents_file
from .record import conclude

_BROKE = (
    "the start screen broke: start with roomdeck record ROOM; roomdeck status says what is "
    "recorded already"
)


async def welcome(form: Form, plan: Callable[[], RecordConfig], appearance: Appearance) -> Exit:
    """Open the start screen, and then the dashboard on what was chosen.

    Args:
        form: The form, filled in with what is known.
        plan: Returns what it says is to be recorded, or raises a `UsageError`.
        appearance: Of both.

    Raises:
        UsageError: There is no such theme.
        ControlError: The start screen broke, or the engine went away while the dashboard was open.
    """
    check_theme(appearance.theme)
    async with Engines() as engines:
        chosen = await _choose(form, plan, engines, appearance)
        if chosen is None:
            return Exit.OK
        if chosen.config is None:
            return await show_dashboard(chosen.following, appearance, owner=False)
        status = await show_dashboard(chosen.following, appearance, owner=True)
        conclude(chosen.following, chosen.config, form.reading.link)
        return status


async def _choose(
    form: Form, plan: Callable[[], RecordConfig], engines: Engines, appearance: Appearance
) -> Chosen | None:
    appearance.tell_textual()
    terminal = appearance.terminal()
    while True:
        theme = appearance.theme or read_choices(choices_file()).theme
        app = WelcomeApp(form, plan, engines, recents_file(), terminal, theme)
        chosen = await _run(app, appearance)
        if not isinstance(chosen, History):
            return chosen
        past = PastApp(chosen.folders, terminal, theme)
        await _run(past, appearance)
        if not past.closed:
            return None


async def _run(app: Dressed[Result], appearance: Appearance) -> Result | None:
    """Run an app; return nothing where its terminal goes away."""

    def leave(how: Leave) -> None:
        app.exit()

    with TerminalGuard(leave, lambda: Leave.DETACHED):
        found = await app.run_async(mouse=appearance.mouse)
    if app.return_code:
        raise ControlError(_BROKE)
    return found
