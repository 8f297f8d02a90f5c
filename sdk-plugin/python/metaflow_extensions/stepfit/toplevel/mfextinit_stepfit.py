toplevel = "stepfit_toplevel"
