package expr_test

import (
	"testing"

	"millrace/expr"
)

func TestEveryFunctionIsDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range expr.Functions() {
		if f.Name == "" || f.Doc == "" || f.Example == "" || f.ExampleResult == "" || f.Group == "" || len(f.Overloads) == 0 {
			t.Errorf("%q lacks a part of its row", f.Name)
		}
		if seen[f.Name] {
			t.Errorf("%q has two rows", f.Name)
		}
		seen[f.Name] = true
	}
}

func TestEveryExampleGivesItsResult(t *testing.T) {
	for _, f := range expr.Functions() {
		if got := evaluate(t, f.Example); got != f.ExampleResult {
			t.Errorf("%s: %s is %s, want %s", f.Name, f.Example, got, f.ExampleResult)
		}
	}
}
