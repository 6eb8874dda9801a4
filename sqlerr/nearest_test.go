package sqlerr

import "testing"

func TestNearestIsWithinTheGivenNumberOfEdits(t *testing.T) {
	have := []string{"FROM", "WHERE", "GROUP"}
	for _, tc := range []struct {
		name string
		most int
		want string
	}{
		{"FORM", 1, "FROM"},
		{"WHER", 1, "WHERE"},
		{"GRUOP", 1, "GROUP"},
		{"FOO", 1, ""},
		{"FROM", 0, "FROM"},
		{"", 1, ""},
	} {
		if got := Nearest(tc.name, have, tc.most); got != tc.want {
			t.Errorf("Nearest(%q, %d) = %q, want %q", tc.name, tc.most, got, tc.want)
		}
	}
}
