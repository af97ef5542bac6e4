"""Settings of nbgrader, whose course folder this is: source/ holds the masters."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "backpropagation-to-odes"
