package agg

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// jsonMember is a member of an object.
type jsonMember struct {
	key   string
	value []byte
}

// appendJSONB appends a JSON value as PostgreSQL prints a JSONB: one space behind each comma and colon, the members of
// an object by the length of their names and then by their bytes, of members with one name the last one, and numbers
// without an exponent.
func appendJSONB(dst, text []byte, pos sqlerr.Pos) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	dst, err := appendToken(dst, d)
	if err == nil {
		_, err = d.Token()
		if err == io.EOF {
			return dst, nil
		}
	}
	return dst, sqlerr.New(sqlerr.InvalidText, pos, "invalid input syntax for type JSON: %q", text)
}

func appendToken(dst []byte, d *json.Decoder) ([]byte, error) {
	t, err := d.Token()
	if err != nil {
		return dst, err
	}
	switch t := t.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, t), nil
	case string:
		return types.AppendJSONString(dst, t), nil
	case json.Number:
		return appendPlain(dst, string(t)), nil
	case json.Delim:
		if t == '[' {
			return appendElements(dst, d)
		}
	}
	var members []jsonMember
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return dst, err
		}
		value, err := appendToken(nil, d)
		if err != nil {
			return dst, err
		}
		members = append(members, jsonMember{key.(string), value})
	}
	_, err = d.Token()
	return appendObject(dst, members), err
}

func appendElements(dst []byte, d *json.Decoder) ([]byte, error) {
	dst = append(dst, '[')
	for first := true; d.More(); first = false {
		if !first {
			dst = append(dst, ", "...)
		}
		var err error
		if dst, err = appendToken(dst, d); err != nil {
			return dst, err
		}
	}
	_, err := d.Token()
	return append(dst, ']'), err
}

// appendObject appends members in the order of JSONB.
func appendObject(dst []byte, members []jsonMember) []byte {
	slices.SortStableFunc(members, func(a, b jsonMember) int {
		if len(a.key) != len(b.key) {
			return len(a.key) - len(b.key)
		}
		return strings.Compare(a.key, b.key)
	})
	dst = append(dst, '{')
	first := true
	for i, m := range members {
		if i+1 < len(members) && members[i+1].key == m.key {
			continue
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		dst = types.AppendJSONString(dst, m.key)
		dst = append(append(dst, ": "...), m.value...)
	}
	return append(dst, '}')
}

// maxExponent is the largest exponent that is written out.
const maxExponent = 1000

// appendPlain appends a number without an exponent.
func appendPlain(dst []byte, number string) []byte {
	mantissa, exp, ok := strings.Cut(strings.ToLower(number), "e")
	if !ok {
		if number == "-0" {
			return append(dst, '0')
		}
		return append(dst, number...)
	}
	shift, err := strconv.Atoi(exp)
	if err != nil || shift > maxExponent || shift < -maxExponent {
		return append(dst, number...)
	}
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits, point := whole+fraction, len(whole)+shift
	if point <= 0 {
		digits, point = strings.Repeat("0", 1-point)+digits, 1
	}
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	whole, fraction = strings.TrimLeft(digits[:point], "0"), digits[point:]
	if whole == "" {
		whole = "0"
	}
	if negative && strings.Trim(digits, "0") != "" {
		dst = append(dst, '-')
	}
	dst = append(dst, whole...)
	if fraction != "" {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst
}
