package pgwire_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestRowsByPreparedStatements(t *testing.T) {
	_, addr := start(t, nil)
	c := connect(t, addr)
	if _, err := c.Exec(t.Context(), "CREATE TABLE t (id INT PRIMARY KEY, name TEXT, price NUMERIC(10,2), at TIMESTAMP, tags TEXT[])"); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	for i := range 10 {
		tag, err := c.Exec(t.Context(), "INSERT INTO t VALUES ($1, $2, $3, $4, $5)", i, fmt.Sprint("n", i), "12.50", at, []string{"a", "b c"})
		if err != nil || tag.String() != "INSERT 0 1" {
			t.Fatalf("%s %v", tag, err)
		}
	}
	for name, mode := range map[string]pgx.QueryExecMode{
		"prepared": pgx.QueryExecModeCacheStatement, "described": pgx.QueryExecModeDescribeExec, "in text": pgx.QueryExecModeSimpleProtocol, "undescribed": pgx.QueryExecModeExec,
	} {
		t.Run(name, func(t *testing.T) {
			var id int
			var text, price string
			var when time.Time
			var tags []string
			err := c.QueryRow(t.Context(), "SELECT id, name, price::TEXT, at, tags FROM t WHERE id = $1", mode, 7).Scan(&id, &text, &price, &when, &tags)
			if got := fmt.Sprint(id, text, price, when, tags); err != nil || got != fmt.Sprint(7, "n7", "12.50", at, []string{"a", "b c"}) {
				t.Errorf("%s %v", got, err)
			}
		})
	}
}
