package expr_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
)

func TestEveryFunctionIsDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range expr.Functions() {
		if f.Name == "" || f.Doc == "" || f.Example == "" || f.Group == "" || len(f.Overloads) == 0 {
			t.Errorf("%q lacks a part of its row", f.Name)
		}
		if seen[f.Name] {
			t.Errorf("%q has two rows", f.Name)
		}
		seen[f.Name] = true
		for _, o := range f.Overloads {
			if (o.Kernel == nil) == (o.Prepare == nil) && f.Name != "and" && f.Name != "or" && f.Name != "coalesce" {
				t.Errorf("%s(%s) has no kernel, or two", f.Name, o.Signature())
			}
		}
	}
}

// one is a batch of one row without columns.
func one() arrow.RecordBatch {
	return array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 1)
}

