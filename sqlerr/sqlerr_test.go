package sqlerr

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestRenderPointsAtThePlace(t *testing.T) {
	const text = "SELECT auction,\n\tmax(prices) FROM bids\nWHERE ö = x;"
	for _, tc := range []struct {
		name string
		err  error
		file string
		want string
	}{
		{"a place, a hint and a file", New(UndefinedColumn, At(strings.Index(text, "prices")), "column %q does not exist", "prices").WithHint("Did you mean %q?", "price"), "job.sql",
			"error: column \"prices\" does not exist -- 42703, job.sql line 2, column 6\n  2 |  max(prices) FROM bids\n    |      ^\nhint: Did you mean \"price\"?"},
		{"columns are counted in characters, not bytes", New(UndefinedColumn, At(strings.Index(text, "x;")), "no x"), "",
			"error: no x -- 42703, line 3, column 11\n  3 | WHERE ö = x;\n    |           ^"},
		{"the end of the text", New(SyntaxError, At(len(text)), "unexpected end"), "",
			"error: unexpected end -- 42601, line 3, column 13\n  3 | WHERE ö = x;\n    |             ^"},
		{"no place", New(ConnectionFailure, 0, "cannot reach localhost:9092").WithDetail("connection refused"), "",
			"error: cannot reach localhost:9092 -- 08006\ndetail: connection refused"},
		{"wrapped", fmt.Errorf("starting: %w", New(IOError, 0, "disk full")), "", "error: starting: disk full -- 58030"},
		{"another error", errors.New("boom"), "", "error: boom"},
		{"a place outside of the text is left out", New(SyntaxError, At(9999), "odd"), "", "error: odd -- 42601"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Render(tc.err, text, tc.file); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestSuggestGivesTheNearestNameOrTheList(t *testing.T) {
	have := []string{"price", "auction", "bidder", "date_time"}
	for _, tc := range []struct {
		name string
		have []string
		want string
	}{
		{"prices", have, `Did you mean "price"?`},
		{"pirce", have, `Did you mean "price"?`},
		{"PRICE", have, `Did you mean "price"?`},
		{"datetime", have, `Did you mean "date_time"?`},
		{"zzz", have, "There are: auction, bidder, date_time, price."},
		{"zzz", nil, ""},
		{"x", []string{"y"}, "There are: y."},
	} {
		if got := Suggest(tc.name, tc.have); got != tc.want {
			t.Errorf("Suggest(%q) = %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestCodeIsFoundThroughWrapping(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("a: %w", New(DivisionByZero, 0, "division by zero").Because(cause))
	if Code(err) != DivisionByZero || !errors.Is(err, cause) {
		t.Errorf("code %s, is cause %t", Code(err), errors.Is(err, cause))
	}
	if Code(cause) != Internal {
		t.Errorf("a plain error has code %s", Code(cause))
	}
}

func TestPosZeroIsNoPlace(t *testing.T) {
	if _, ok := Pos(0).Offset(); ok {
		t.Error("the zero Pos is a place")
	}
	if off, ok := At(0).Offset(); !ok || off != 0 {
		t.Errorf("At(0) is %d, %t", off, ok)
	}
}
