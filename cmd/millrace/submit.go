package main

import (
	"fmt"
	"net/http"
	"strings"

	"millrace/server"
	"millrace/sqlerr"
)

// submitCommand has a server run a file as a job.
type submitCommand struct {
	File string   `arg:"" help:"The .sql file; - is standard input."`
	Name string   `placeholder:"NAME" help:"The job's name; the default is the file's."`
	Set  []string `short:"s" placeholder:"NAME=VALUE" sep:"none" help:"A setting, or the value of $${NAME} in options; else the server's environment is asked."`
	restFlags
}

// Run submits the file and tells the job's name.
func (c *submitCommand) Run(t *streams) error {
	f, err := t.read(c.File)
	if err != nil {
		return err
	}
	client, err := c.open(t)
	if err != nil {
		return err
	}
	sub := server.Submission{Name: c.Name, SQL: f.text, Set: map[string]string{}}
	if sub.Name == "" && c.File != "-" {
		sub.Name = jobName([]string{c.File})
	}
	for _, set := range c.Set {
		name, value, ok := strings.Cut(set, "=")
		if !ok {
			return sqlerr.New(sqlerr.InvalidParameterValue, 0, "--set %s lacks a value", set).WithHint("Write --set name=value.")
		}
		sub.Set[name] = value
	}
	var job server.Job
	if err := client.get(http.MethodPost, "/v1/jobs", sub, f.text, &job); err != nil {
		return t.report(err, f.text, f.name)
	}
	fmt.Fprintf(t.out, "submitted job %s\n", safe(job.Name))
	return nil
}
