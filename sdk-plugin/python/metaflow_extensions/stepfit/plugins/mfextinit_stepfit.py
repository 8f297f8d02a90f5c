STEP_DECORATORS_DESC = [("stepfit", ".stepfit_decorator.StepfitDecorator")]
