package sqlerr

import (
	"fmt"
	"slices"
	"strings"
)

// Suggest is the hint for a name that does not exist: the nearest of those that do, or the list when it is short.
func Suggest(name string, have []string) string {
	best, bestD := "", len(name)/2+1
	for _, h := range have {
		if d := distance(strings.ToLower(name), strings.ToLower(h)); d < bestD {
			best, bestD = h, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("Did you mean %q?", best)
	case len(have) == 0:
		return ""
	case len(have) <= 12:
		sorted := slices.Sorted(slices.Values(have))
		return "There are: " + strings.Join(sorted, ", ") + "."
	}
	return ""
}

// distance is the number of edits between a and b, a swap of neighbours counting as one (optimal string alignment).
func distance(a, b string) int {
	two, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], two[j-2]+1)
			}
		}
		two, prev, cur = prev, cur, two
	}
	return prev[len(b)]
}

// Nearest is the one of have that is fewest edits away from name, at most the given number; "" where there is none.
func Nearest(name string, have []string, most int) string {
	best := ""
	for _, h := range have {
		if d := distance(name, h); d <= most {
			best, most = h, d-1
		}
	}
	return best
}
