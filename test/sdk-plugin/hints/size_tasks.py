"""Sizes the tasks on standard input as a launch does: one JSON case a line, one JSON answer a line."""

import json
import sys

from metaflow_extensions.stepfit.plugins.hints_plan import attributes_for, is_hinted, plan_for_task

for line in sys.stdin:
    case = json.loads(line)
    plan, sized_by = plan_for_task(case["hint"], case["features"])
    answer = {
        "plan": plan,
        "sizedBy": sized_by,
        "attributes": attributes_for(plan["first"], case["backend"]),
        "isHinted": is_hinted(case["hint"], case["run"], case["step"], case["task"]),
    }
    print(json.dumps(answer))
