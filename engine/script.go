package engine

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"millrace/sql"
	"millrace/sqlerr"
)

// Script takes the statements of a text in their order. Those INSERTs that go on, or that write to another system, are
// returned: they run together, as one job. The others are given to run. Mode, unless it is empty, is stronger than SET
// mode in the text.
func (s *Session) Script(ctx context.Context, stmts []sql.Statement, mode string, run func(sql.Statement) error) ([]*sql.Insert, error) {
	var inserts []*sql.Insert
	for _, stmt := range stmts {
		if ins, ok := stmt.(*sql.Insert); ok {
			if mode != "" {
				if err := s.Settings().Set("mode", mode, 0, 0); err != nil {
					return nil, err
				}
			}
			once, err := s.Once(ctx, ins)
			if err != nil {
				return nil, err
			}
			if !once {
				inserts = append(inserts, ins)
				continue
			}
		}
		if err := run(stmt); err != nil {
			return nil, err
		}
	}
	return inserts, nil
}

// Variables are what --set gives: settings, and values for ${name}. They know which names were asked for.
type Variables struct {
	values map[string]string
	order  []string

	mu    sync.Mutex
	asked map[string]bool
}

// NewVariables reads a list of name=value. Of a name that is there twice the last counts.
func NewVariables(list []string) (*Variables, error) {
	v := &Variables{values: map[string]string{}, asked: map[string]bool{}}
	for _, set := range list {
		name, value, ok := strings.Cut(set, "=")
		if !ok || name == "" {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "--set %s lacks a value", name).WithHint("Write --set name=value.")
		}
		if _, twice := v.values[name]; !twice {
			v.order = append(v.order, name)
		}
		v.values[name] = value
	}
	return v, nil
}

// Apply changes those settings that are among them.
func (v *Variables) Apply(s *Settings) error {
	for _, name := range v.order {
		if IsSetting(name) {
			if err := s.Set(name, v.values[name], 0, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// Lookup gives the value of ${name}; next is asked for what is not among them.
func (v *Variables) Lookup(next func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v.mu.Lock()
		v.asked[name] = true
		v.mu.Unlock()
		if value, ok := v.values[name]; ok && !IsSetting(name) {
			return value, true
		}
		if next == nil {
			return "", false
		}
		return next(name)
	}
}

// Unused is an error where a name is neither a setting nor was asked for.
func (v *Variables) Unused() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, name := range v.order {
		if IsSetting(name) || v.asked[name] {
			continue
		}
		err := sqlerr.New(sqlerr.UndefinedObject, 0, "--set %s: there is no such setting, and nothing uses ${%s}", name, name)
		err.Hint = sqlerr.Suggest(name, append(settingNames(), slices.Sorted(maps.Keys(v.asked))...))
		return err
	}
	return nil
}
