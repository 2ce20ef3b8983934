"""What works on whole nets: summary, Jacobian tests, Hessian, training by SGD, THNN by name."""
