package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/sqlerr"
)

// OptionSpec describes one option of a connector.
type OptionSpec struct {
	Name     string // "sasl.password"; "json.*" stands for all options of a format
	Default  string
	Doc      string
	Required bool
	Secret   bool                     // never printed
	Parse    func(value string) error // says what is wrong with a value; nil: any text
}

// CheckOptions checks a table's options against what its connector knows: unknown names, missing ones, wrong values.
func CheckOptions(t *Table, specs []OptionSpec) error {
	names := make([]string, 0, len(specs)+1)
	for _, s := range specs {
		names = append(names, s.Name)
	}
	for _, key := range SortedOptions(t.Options) {
		opt := t.Options[key]
		if key == "connector" {
			continue
		}
		i := slices.IndexFunc(specs, func(s OptionSpec) bool { return matches(s.Name, key) })
		if i < 0 {
			err := sqlerr.New(sqlerr.InvalidParameterValue, opt.Key, "connector %q has no option %q", t.Connector(), key)
			err.Hint = sqlerr.Suggest(key, names)
			return err
		}
		if specs[i].Parse == nil {
			continue
		}
		if err := specs[i].Parse(opt.Value); err != nil {
			shown := strconv.Quote(opt.Value)
			if specs[i].Secret {
				shown = "***"
			}
			return sqlerr.New(sqlerr.InvalidParameterValue, opt.Pos, "option %q: %s %s", key, shown, err.Error()).
				WithHint("%s", specs[i].Doc)
		}
	}
	for _, s := range specs {
		if _, ok := t.Options[s.Name]; s.Required && !ok {
			return sqlerr.New(sqlerr.InvalidParameterValue, t.Options["connector"].Pos, "connector %q needs the option %q", t.Connector(), s.Name).
				WithHint("%s", s.Doc)
		}
	}
	return nil
}

func matches(spec, key string) bool {
	if prefix, ok := strings.CutSuffix(spec, "*"); ok {
		return strings.HasPrefix(key, prefix)
	}
	return spec == key
}

// SortedOptions lists the names of options, sorted.
func SortedOptions(opts map[string]Option) []string {
	names := make([]string, 0, len(opts))
	for k := range opts {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

// Option is the value of an option, or def where it is not set.
func (t *Table) Option(name, def string) string {
	if o, ok := t.Options[name]; ok {
		return o.Value
	}
	return def
}

// DurationOption is an option that CheckOptions has found to be a duration (ParseDuration).
func (t *Table) DurationOption(name string, def time.Duration) time.Duration {
	o, ok := t.Options[name]
	if !ok {
		return def
	}
	d, err := ParseDuration(o.Value)
	if err != nil {
		return def
	}
	return d
}
