package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestQueryThatMakesRowsOutOfOneEventIsCancelled(t *testing.T) {
	s := open(t, "")
	stmts, err := s.Parse("SELECT count(*) FROM generate_series(1, 10000000) a(x) CROSS JOIN generate_series(1, 10000000) b(y)")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Exec(t.Context(), stmts[0])
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Each(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}
