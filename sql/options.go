package sql

import (
	"slices"

	"millrace/sqlerr"
)

// options reads ( key = value, … ). A key is a name that may have dots, or a string.
func (p *parser) options() ([]Option, error) {
	if err := p.expectOp("("); err != nil {
		return nil, err
	}
	var out []Option
	for !p.peek().op(")") {
		key, err := p.dotted("an option's name")
		if err != nil {
			return nil, err
		}
		if err := p.expectOp("="); err != nil {
			return nil, err
		}
		key.Text = fold(key.Text)
		if slices.ContainsFunc(out, func(o Option) bool { return o.Key.Text == key.Text }) {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, key.At, "the option %q is there twice", key.Text)
		}
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		out = append(out, Option{Key: key, Value: value})
		if !p.peek().op(",") {
			break
		}
		p.at++
	}
	return out, p.expectOp(")")
}
