package golden

import (
	"fmt"
	"strings"
	"testing"

	"millrace/expr/agg"
	"millrace/expr/over"
)

func TestEveryAggregatesExampleGivesItsResult(t *testing.T) {
	for _, fn := range agg.Functions() {
		t.Run(fn.Name, func(t *testing.T) {
			q, err := parse(fmt.Sprintf("SELECT %s AS x FROM (%s) AS fruits (%s)", fn.Example, agg.ExampleRows, agg.ExampleColumns))
			if err != nil {
				t.Fatal(err)
			}
			got, err := newFixture(t, q).run(t, fn.Example)
			if err != nil {
				t.Fatal(err)
			}
			if want := cell(fn.ExampleResult, fn.ExampleResult == "NULL"); got != want {
				t.Errorf("%s is %s, want %s", fn.Example, got, want)
			}
		})
	}
}

// run gives the one row of a query.
func (f *fixture) run(t *testing.T, what string) (string, error) {
	rows, err := f.plain(t, true, 1)
	if err != nil {
		return "", err
	}
	if len(rows) != 1 {
		return "", fmt.Errorf("%s has %d rows", what, len(rows))
	}
	return rows[0], nil
}

func TestEveryWindowFunctionsExampleGivesItsResult(t *testing.T) {
	for _, fn := range over.Functions() {
		t.Run(fn.Name, func(t *testing.T) {
			q, err := parse(fmt.Sprintf("SELECT %s AS x FROM %s ORDER BY i", fn.Example, over.Examples))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := newFixture(t, q).plain(t, true, 1)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(rows, ", "); got != fn.Result {
				t.Errorf("%s is %s, want %s", fn.Example, got, fn.Result)
			}
		})
	}
}
