package sql

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
