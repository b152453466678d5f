"""The plan of a ceremony: one reviewed TOML file, so that nothing is improvised at the table.

`tables` says what a plan holds, `fields` what each value may be, `file` reads one, `template` begins one, and `outline`
tells people what will happen. It loads pydantic and the fonts: nothing that needs no plan imports this.
"""

from __future__ import annotations

from rootescrow.ceremony.plan.file import MAX_PLAN_BYTES, Problem, load
from rootescrow.ceremony.plan.outline import outline
from rootescrow.ceremony.plan.tables import Generated, Plan, Typed
from rootescrow.ceremony.plan.template import template

__all__ = ["MAX_PLAN_BYTES", "Generated", "Plan", "Problem", "Typed", "load", "outline", "template"]
