package expr

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

// Comparator orders the values of one array as ORDER BY does: negative where value i comes before j. The values must
// not be NULL. It panics for a type that has no order (HasOrder).
func Comparator(t types.Type, a arrow.Array) func(i, j int) int { return comparator(t, a, a) }

// HasOrder reports whether values of a type can be sorted.
func HasOrder(t types.Type) bool { return hasOrder(t) }
