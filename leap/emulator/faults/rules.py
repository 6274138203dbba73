"""The fault rules in force: which request is hit by which, and how often each has been."""

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Final, Unpack

from leap.emulator.faults.fault import Fault, FaultError, FaultSettings, digest

MOST_RULES: Final = 1000
"""How many rules there may be at a time."""


@dataclass(eq=False, slots=True)
class Rule:
    """A fault that is in force.

    Attributes:
        id: What it can be removed by.
        fault: What goes wrong.
        hits: How many requests it has hit so far.
        skipped: How many it has let pass, up to the fault's `skip`.
    """

    id: str
    fault: Fault
    hits: int = 0
    skipped: int = 0

    @property
    def used_up(self) -> bool:
        """Whether it has hit as many requests as it may; it stays in the list to be looked at."""
        return self.fault.times is not None and self.hits >= self.fault.times


class Faults:
    """The rules in force, in the order in which they were added. Any thread may call any method.

    Attributes:
        on_change: Called without arguments, on the thread that made the change, after a rule was added or
            removed and after each hit.
    """

    def __init__(self, on_change: Callable[[], None] | None = None) -> None:
        self.on_change = on_change
        self._lock = threading.Lock()
        self._rules: tuple[Rule, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, also those used up."""
        return self._rules

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __bool__(self) -> bool:
        # `faults or …` must not take an empty one for a missing one.
        return True

    def add(self, fault: Fault | None = None, /, **settings: Unpack[FaultSettings]) -> Rule:
        """Put a fault in force: a `Fault`, the settings of one, or a `Fault` and what is to differ.

        Raises:
            ValueError: The settings make no sense, or there are too many rules already.
        """
        rule = Rule(str(uuid.uuid4()), _fault_of(fault, settings))
        with self._lock:
            if len(self._rules) >= MOST_RULES:
                raise FaultError([f"there are {MOST_RULES} fault rules already; remove some"])
            self._rules = (*self._rules, rule)
        self._tell()
        return rule

    def remove(self, id: str) -> bool:  # noqa: A002 - the field's name
        """Take a rule out of force; False if there is none of this id."""
        return self.remove_where(lambda rule: rule.id == id) > 0

    def clear(self) -> None:
        """Take every rule out of force."""
        self.remove_where(lambda _rule: True)

    def remove_where(self, unwanted: Callable[[Rule], bool]) -> int:
        """Take all rules of a kind out of force and tell how many they were."""
        with self._lock:
            before = self._rules
            self._rules = tuple(rule for rule in before if not unwanted(rule))
            removed = len(before) - len(self._rules)
        if removed:
            self._tell()
        return removed

    def match(
        self, method: str, path: str, token: str | None, *, token_sha256: str | None = None
    ) -> Fault | None:
        """Give the fault that a request is hit by, if any, and count it.

        That is the first rule for such requests that is not used up; those after it do not get to see the
        request. A rule that lets a request pass leaves it to those after it.

        Args:
            method: HTTP method.
            path: Path without the query, percent-encoded as it was sent.
            token: Bearer token, None if there is none.
            token_sha256: What is kept of the token, if the token itself is not known.
        """
        if token is not None:
            token_sha256 = digest(token)
        with self._lock:
            fault = self._first_hit(method, path, token_sha256)
        if fault is not None:
            self._tell()
        return fault

    def _first_hit(self, method: str, path: str, token_sha256: str | None) -> Fault | None:
        for rule in self._rules:
            fault = rule.fault
            if rule.used_up or not fault.matches(method, path, token_sha256):
                continue
            if rule.skipped < fault.skip:
                rule.skipped += 1
                continue
            rule.hits += 1
            return fault
        return None

    def for_token(self, token: str) -> "FaultsOfToken":
        """Give a view of the rules for requests with one bearer token, which adds and clears only these."""
        return FaultsOfToken(self, digest(token))

    def _tell(self) -> None:
        if self.on_change is not None:
            self.on_change()


def _fault_of(fault: Fault | None, settings: FaultSettings) -> Fault:
    """A fault of some settings, or one with what is to differ.

    Raises:
        FaultError: They make no sense, or there is no such setting.
    """
    known = FaultSettings.__annotations__.keys()
    unknown = sorted(settings.keys() - known - {each.name for each in fields(Fault)})
    if unknown:
        from difflib import get_close_matches

        there_are = f"there are {', '.join(known)}"
        meant = {name: get_close_matches(name, known, 1) for name in unknown}
        raise FaultError(
            [
                f"there is no setting {name}{f' (did you mean {found[0]}?)' if found else ''}; {there_are}"
                for name, found in meant.items()
            ]
        )
    return Fault(**settings) if fault is None else replace(fault, **settings)


class FaultsOfToken:
    """The rules for requests with one bearer token; others are neither seen nor touched."""

    def __init__(self, faults: Faults, token_sha256: str) -> None:
        self._faults = faults
        self._token_sha256 = token_sha256

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules for this token, also those used up."""
        return tuple(rule for rule in self._faults.rules if self._is_ours(rule))

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __bool__(self) -> bool:
        return True

    def add(self, fault: Fault | None = None, /, **settings: Unpack[FaultSettings]) -> Rule:
        """Put a fault in force for requests with this token, in the manner of `Faults.add`.

        Raises:
            ValueError: The settings make no sense, name a token, or there are too many rules already.
        """
        if settings.get("token") is not None or (fault is not None and fault.token_sha256 is not None):
            raise FaultError(["token must be left out: these rules are for one token already"])
        fault = _fault_of(fault, settings)
        return self._faults.add(replace(fault, token_sha256=self._token_sha256))

    def remove(self, id: str) -> bool:  # noqa: A002 - the field's name
        """Take a rule out of force; False if there is none of this id for this token."""
        return self._faults.remove_where(lambda rule: rule.id == id and self._is_ours(rule)) > 0

    def clear(self) -> None:
        """Take every rule for this token out of force."""
        self._faults.remove_where(self._is_ours)

    def _is_ours(self, rule: Rule) -> bool:
        return rule.fault.token_sha256 == self._token_sha256
