STEP_DECORATORS_DESC = [("stepfit", ".stepfit_decorator.StepfitDecorator")]
CLIS_DESC = [("stepfit", ".stepfit_cli.cli")]
