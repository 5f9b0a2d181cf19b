"""The pages where a fleet is, and that nothing of it shows where there is none."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from lenet.bench import owners
from lenet.fleet import member
from lenet.fleet.machines import sources
from lenet.fleet.member import HEAD, Member
from lenet.home import open_home
from lenet.records import FLEET, Machine
from tests.helpers import stored
from tests.pages import test_pages as pages

fresh_streamlit, a_server_that_has_run, service = pages.fresh_streamlit, pages.a_server_that_has_run, pages.service
PICKER = "race_on"


def joined(service: Any, name: str, **values: Any) -> Machine:
    about = {
        "cpu": "a test's", "cores": 4, "memory_bytes": 64 << 30, "stacks": {"main": {"keras": "3.15.0"}},
        "versions": {"lenet": "0.5.0", "sources": sources()}, "load": {"load_1min": 0.25},
    }  # fmt: skip
    one = Machine(name, name, "vm", **{"seen": datetime.now(UTC), **about, **values})
    service.store.show_machine(one)
    return one


def keys(page: Any) -> list[str]:
    return [str(one.key) for one in (*page.selectbox, *page.button)]


def picked(page: Any, name: str) -> Any:
    return page.selectbox(key=PICKER).select(name).run()


def test_without_a_fleet_no_page_speaks_of_one(service: Any) -> None:
    assert PICKER not in keys(pages.open_page())
    assert "Fleet" not in pages.headers(pages.open_page("pages/system.py"))
    assert not (open_home().root / "fleet").exists()


def test_the_form_asks_where_and_queues_it_there(service: Any) -> None:
    joined(service, "box")
    page = pages.open_page()
    assert page.selectbox(key=PICKER).options == ["This machine", "box (free)"]
    page = picked(page, "box").button(key="start").click().run()
    assert not page.exception and not service.submitted
    (asked,) = service.store.experiments()
    assert (asked.target, asked.owner, asked.group) == ("box", FLEET, "")
    assert "Queued: it starts as soon as box is free." in pages.texts(page) and "on box" in pages.texts(page)
    again = pages.open_page()
    assert again.selectbox(key=PICKER).options[1] == "box (1 before it)", "another machine's race hides no form"


def test_a_race_on_all_machines_is_one_group(service: Any) -> None:
    joined(service, "box"), joined(service, "gpu1"), joined(service, "gone", draining=True)
    page = picked(pages.open_page(), "all").button(key="start").click().run()
    assert not page.exception
    raced = service.store.experiments()
    assert {one.target for one in raced} == {"box", "gpu1"} and len({one.group for one in raced}) == 1


def test_what_can_run_is_what_the_chosen_machine_has(service: Any) -> None:
    joined(service, "box", lacking={"keras_fit": "It has no TensorFlow."})
    page = pages.open_page()
    assert not page.checkbox(key="variant_keras_fit").disabled
    page = picked(page, "box")
    assert page.checkbox(key="variant_keras_fit").disabled
    assert "It has no TensorFlow." in str(page.checkbox(key="variant_keras_fit").help)


def test_a_machine_that_cannot_race_it_is_one_sentence(service: Any) -> None:
    joined(service, "box", draining=True)
    page = picked(pages.open_page(), "box")
    assert "box is draining" in page.error[0].value and page.button(key="start").disabled


def test_a_machine_that_is_not_heard_of_is_not_offered(service: Any) -> None:
    joined(service, "box", seen=datetime.now(UTC) - timedelta(hours=1))
    assert PICKER not in keys(pages.open_page())


def test_each_machine_has_a_card_and_drains_by_a_click(service: Any) -> None:
    one = joined(service, "box", labels={"rack": "3"})
    number = service.store.add_experiment(pages.Request(pages.VARIANTS, pages.SETTINGS), FLEET, target="box")
    service.store.claim(number, {}, owners.of_fleet("box", "x"))
    with member.hold(open_home(), Member(HEAD, "10.0.0.1:7440")):
        page = pages.open_page("pages/system.py")
        said = pages.texts(page)
        for part in (
            f"Races {number}; 0 experiments wait",
            "4 cores",
            "rack=3",
            "keras 3.15.0",
            "0.25",
            "Noise floor: not measured",
        ):
            assert part in said, part
        assert one.versions["sources"] not in said
        assert [code.value for code in page.code] == ["lenet fleet join 10.0.0.1:7440"]
    page = page.button(key="drain_box").click().run()
    assert service.store.machines()[0].draining and "draining" in pages.texts(page)
    page.button(key="undrain_box").click().run()
    assert not service.store.machines()[0].draining


def test_a_race_runs_again_where_it_was_raced(service: Any) -> None:
    joined(service, "box")
    number = service.store.add_experiment(pages.Request(pages.VARIANTS, pages.SETTINGS), FLEET, target="box")
    service.store.withdraw(number, "interrupted", "The machine was lost.")
    page = pages.open_page(experiment=number)
    page.button(key="again").click().run()
    assert service.store.experiment(number + 1).target == "box"


def test_results_and_history_tell_machines_apart(service: Any) -> None:
    request = pages.Request(pages.VARIANTS, dataclasses.replace(pages.SETTINGS, rounds=3))
    for name, ms in (("box", 5.0), ("gpu1", 6.5)):
        joined(service, name)
        times = {"tensorflow_graph": ms, "numpy_reference": 4.0}
        number = stored.add(service.store, request, times, machine={**stored.MACHINE, "id": name})
        stored.give(service.store, number, name, "ab" * 16)
    page = pages.open_page("pages/results.py", experiment=number)
    said = pages.texts(page).replace("\\", "")
    assert "Not the same on all machines: TensorFlow graph takes 1.6" in said
    assert "On all machines" in [tab.label for tab in page.tabs]
    history = pages.open_page("pages/history.py")
    assert set(history.dataframe[0].value["Machine"]) == {"box", "gpu1"}
