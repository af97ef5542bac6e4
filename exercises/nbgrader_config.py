"""Settings of nbgrader, whose course folder this is: source/ holds the masters."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "backpropagation-to-odes"
# nbgrader counts seconds on the clock: on a busy machine thirty, its own limit, would cost right answers points.
c.ExecutePreprocessor.timeout = 600
c.ExecutePreprocessor.startup_timeout = 600
c.ExecutePreprocessor.iopub_timeout = 60
