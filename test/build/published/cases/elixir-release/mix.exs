project
