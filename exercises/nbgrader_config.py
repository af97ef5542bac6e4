"""Settings of nbgrader, whose course folder this is: source/ holds the masters."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "backpropagation-to-odes"
# A cell may take as long as `make grade` allows it; nbgrader's own limit is 30 seconds.
c.Execute.timeout = 120
