// Package json is the format of records that are one JSON object each.
//
// # Reading
//
// A column is the field of exactly its name. White space around the object is fine, anything else behind it is an
// error. Fields that nobody asked for are skipped by their structure; a field that is missing or null is NULL, and an
// error where the column is NOT NULL. Of several fields of one name the last counts. The whole record is read even
// when all columns have been seen, so that a record that was cut off is found. What is inside a skipped string (its
// UTF-8, control characters, escapes) is not looked at. More than 512 levels of nesting are an error.
//
//	SMALLINT, INT, BIGINT   a whole number in range (1.0 and 1e3 are whole), also in a string: "17"
//	DECIMAL(p,s)            a number that fits as it is, never rounded, also in a string
//	REAL, DOUBLE            a number, rounded to the nearest, also in a string; "NaN", "Infinity", "-Infinity"
//	BOOLEAN                 true, false
//	TEXT                    a string; of any other value its JSON text as it stands in the record
//	JSON                    the JSON text of any value as it stands in the record
//	BYTEA                   a string in base64 (standard alphabet, padded)
//	UUID                    a string such as "123e4567-e89b-12d3-a456-426614174000"
//	DATE                    "2026-01-31"
//	TIME                    "13:05:00", "13:05:00.000001"
//	TIMESTAMP, TIMESTAMPTZ  "2026-01-31T13:05:00.123Z", with T or a space, seconds and their fraction optional,
//	                        an offset (+02:00) optional, UTC where there is none; or a number, see below
//	ROW(…)                  an object, its fields by name
//	ARRAY<T>                an array
//	MAP<TEXT, T>            an object
//
// A TIMESTAMP with an offset is what the clock shows in UTC. Digits below a microsecond are cut off. The option
// json.timestamp says which timestamps there are: 'auto' (the default) takes strings, and numbers by their size:
// seconds below 1e11, milliseconds below 1e14, microseconds below 1e17, else nanoseconds since 1970; 'iso' takes
// strings alone; 's', 'ms', 'us' and 'ns' take numbers (also in strings) of that unit.
//
// # Writing
//
// A row is an object with its columns in their order; json.nulls = 'omit' leaves out those that are NULL. A value is
// written as it is read, so that reading gives it back: timestamps as ISO 8601 ("2026-01-31T13:05:00.123", with a Z
// behind a TIMESTAMPTZ) or as whole numbers of the unit in json.timestamp (finer digits are cut off), decimals as
// numbers with all their digits, an INTERVAL as its SQL text.
package json

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/sqlerr"
	"millrace/types"
)

// New makes the format.
func New() formats.Format { return format{} }

type format struct{}

func (format) Name() string { return "json" }

func (format) Options() []formats.Option {
	return []formats.Option{
		{Name: "timestamp", Default: "auto", Doc: "Timestamps: 'auto' (read strings and numbers, write ISO 8601), 'iso', or numbers of a unit: 's', 'ms', 'us', 'ns'."},
		{Name: "nulls", Default: "null", Doc: "How NULL is written: 'null', or 'omit' to leave the field out."},
	}
}

// timestamps says how points in time are written in records.
type timestamps uint8

const (
	auto timestamps = iota
	iso
	seconds
	millis
	micros
	nanos
)

// words are the values of the option, in the order of the constants.
var words = [...]string{"auto", "iso", "s", "ms", "us", "ns"}

func timestampsOf(opts map[string]string) (timestamps, error) {
	v, ok := opts["timestamp"]
	if !ok {
		return auto, nil
	}
	for i, w := range words {
		if v == w {
			return timestamps(i), nil
		}
	}
	return 0, sqlerr.New(sqlerr.InvalidParameterValue, 0, "option %q: %q is not known", "json.timestamp", v).
		WithHint("Use 'auto', 'iso', 's', 'ms', 'us' or 'ns'.")
}

func (format) NewDecoder(want types.Schema, opts map[string]string, mem memory.Allocator) (formats.Decoder, error) {
	ts, err := timestampsOf(opts)
	if err != nil {
		return nil, err
	}
	if _, err := omitsNulls(opts); err != nil {
		return nil, err
	}
	return newDecoder(want, ts, mem)
}

func (format) NewEncoder(have types.Schema, opts map[string]string) (formats.Encoder, error) {
	ts, err := timestampsOf(opts)
	if err != nil {
		return nil, err
	}
	omit, err := omitsNulls(opts)
	if err != nil {
		return nil, err
	}
	return newEncoder(have, ts, omit)
}

func omitsNulls(opts map[string]string) (bool, error) {
	switch v, ok := opts["nulls"]; {
	case !ok || v == "null":
		return false, nil
	case v == "omit":
		return true, nil
	default:
		return false, sqlerr.New(sqlerr.InvalidParameterValue, 0, "option %q: %q is not known", "json.nulls", v).
			WithHint("Use 'null' or 'omit'.")
	}
}

// unsupported is the error for a column that no record can hold.
func unsupported(c types.Column, why error) error {
	return sqlerr.New(sqlerr.FeatureNotSupported, 0, "column %q: %v", c.Name, why).
		WithHint("Declare it as TEXT and cast it in the query.")
}

// quote shows a value in an error: at most 60 bytes of it.
func quote(v []byte) string {
	const most = 60
	if len(v) > most {
		return fmt.Sprintf("%q…", v[:most])
	}
	return fmt.Sprintf("%q", v)
}
