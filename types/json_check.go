package types

import (
	"encoding/json"

	"millrace/sqlerr"
)

// CheckJSON fails with 22P02 where s is not one JSON value.
func CheckJSON(s string) error {
	if json.Valid([]byte(s)) {
		return nil
	}
	var v any
	return sqlerr.New(sqlerr.InvalidText, 0, "invalid input syntax for type JSON: %q", s).WithDetail("%v.", json.Unmarshal([]byte(s), &v))
}
