package main

import "context"

type runCmd struct{}

func (r *runCmd) Run(ctx context.Context) error { return nil }
