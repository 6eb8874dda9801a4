//go:build !race

package tpch_test

import "testing"

// Under the race detector these rows would take minutes: scripts/test.sh runs this test without it.
func TestQueriesAtScale01FromParquet(t *testing.T) { check(t, 0.1, "parquet") }
