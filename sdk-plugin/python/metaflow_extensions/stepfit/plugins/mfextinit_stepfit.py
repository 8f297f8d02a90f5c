STEP_DECORATORS_DESC = [
    ("stepfit", ".stepfit_decorator.StepfitDecorator"),
    ("stepfit_hint", ".hints_decorator.StepfitHintDecorator"),
]
CLIS_DESC = [("stepfit", ".stepfit_cli.cli")]
