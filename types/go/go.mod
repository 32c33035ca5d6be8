module agent.example/types

go 1.22
