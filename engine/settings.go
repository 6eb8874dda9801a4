package engine

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/catalog"
	"millrace/flow"
	"millrace/planner"
	"millrace/sqlerr"
)

// Settings are what SET changes.
type Settings struct {
	Mode               string // "auto", "stream", "batch"
	Parallelism        int
	MemoryLimit        int64 // bytes; 0: none; autoMemory: half of what the machine has
	RecursionLimit     int   // steps of a recursive query
	CheckpointInterval time.Duration
	CheckpointTimeout  time.Duration
	Debug              bool
	SpillEarly         bool
	user               string            // of the session
	client             map[string]string // the clientSettings that have been set; not changed once made
}

// NewSettings are the defaults.
func NewSettings() *Settings {
	return &Settings{user: Database, Mode: "auto", Parallelism: defaultParallelism(), CheckpointInterval: 10 * time.Second, CheckpointTimeout: 10 * time.Minute,
		MemoryLimit: autoMemory, RecursionLimit: planner.DefaultRecursionLimit}
}

// setting is a row of the table of settings.
type setting struct {
	name, doc string
	label     string // as it is shown
	report    bool   // to clients, when they connect
	note      string // what is to be told where it is set to something other than the default
	get       func(*Settings) string
	set       func(*Settings, string) error // the error says what is wrong with the value; nil: it can't be changed
}

// settings are all of them.
var settings = slices.Concat(ownSettings, clientSettings)

// ownSettings are those that change what happens here; clientSettings has the rest.
var ownSettings = []setting{
	own("mode", "How INSERT reads its tables: 'stream' goes on, 'batch' ends where they end now, 'auto' is stream where a table has no end.",
		func(s *Settings) string { return s.Mode },
		func(s *Settings, v string) error {
			if err := catalog.OneOf("auto", "stream", "batch")(v); err != nil {
				return err
			}
			s.Mode = v
			return nil
		}),
	own("parallelism", "How many tasks run a step of a query side by side.",
		func(s *Settings) string { return strconv.Itoa(s.Parallelism) },
		func(s *Settings, v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n < 1 || n > flow.KeyGroups {
				return fmt.Errorf("is not a whole number from 1 to %d", flow.KeyGroups)
			}
			s.Parallelism = n
			return nil
		}),
	own("memory_limit", "How much memory the state of one query may take: '512MB', '2GB', '0' for no limit, 'auto' for half of what the machine or its container has. What a batch query has beyond it goes to disk where it can: joins, sorts, groups, OVER.",
		func(s *Settings) string { return formatBytes(s.MemoryLimit) },
		func(s *Settings, v string) error {
			if v == "auto" {
				s.MemoryLimit = autoMemory
				return nil
			}
			n, err := parseBytes(v)
			if err == nil {
				s.MemoryLimit = n
			}
			return err
		}),
	own("recursion_limit", "How many steps WITH RECURSIVE may take; more are an error.",
		func(s *Settings) string { return strconv.Itoa(s.RecursionLimit) },
		func(s *Settings, v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n < 1 {
				return fmt.Errorf("is not a whole number from 1")
			}
			s.RecursionLimit = n
			return nil
		}),
	own("checkpoint.interval", "How often a continuous job saves its state.",
		func(s *Settings) string { return s.CheckpointInterval.String() },
		func(s *Settings, v string) error { return positive(v, &s.CheckpointInterval) }),
	own("checkpoint.timeout", "After how long a checkpoint that has not come to an end stops the job.",
		func(s *Settings) string { return s.CheckpointTimeout.String() },
		func(s *Settings, v string) error { return positive(v, &s.CheckpointTimeout) }),
	own("debug.check", "Check every operator of a running query against its promises: 'on' or 'off'.",
		func(s *Settings) string { return onOff(s.Debug) },
		func(s *Settings, v string) error { return setOnOff(v, &s.Debug) }),
	own("debug.spill", "Put on disk whatever a batch query can, as if there were no memory: 'on' or 'off'.",
		func(s *Settings) string { return onOff(s.SpillEarly) },
		func(s *Settings, v string) error { return setOnOff(v, &s.SpillEarly) }),
	taken("statement_timeout", "0", "After how long a statement is stopped, with 57014: '5s', '100ms', or a number of milliseconds; 0: never.", duration),
	{name: "timezone", doc: "The time zone of TIMESTAMPTZ in text. Only 'UTC', by any of its names: a time is always written with its offset, +00. For the time of another zone write AT TIME ZONE.",
		label: "TimeZone", report: true, get: func(*Settings) string { return "UTC" },
		set: func(_ *Settings, v string) error {
			if !isUTC(v) {
				return fmt.Errorf("is not UTC, the only time zone of a session; use AT TIME ZONE in the query")
			}
			return nil
		}},
}

func own(name, doc string, get func(*Settings) string, set func(*Settings, string) error) setting {
	return setting{name: name, doc: doc, label: name, get: get, set: set}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func setOnOff(v string, into *bool) error {
	v, err := boolean(v)
	if err == nil {
		*into = v == "on"
	}
	return err
}

func positive(v string, into *time.Duration) error {
	d, err := catalog.ParseDuration(v)
	if err != nil {
		return err
	}
	if d <= 0 {
		return fmt.Errorf("is not a positive duration")
	}
	*into = d
	return nil
}

// SettingDoc is what the manual says about a setting.
type SettingDoc struct{ Name, Default, Doc string }

// OwnSettings are those that change what happens here, ClientSettings those of PostgreSQL's clients.
func OwnSettings() []SettingDoc    { return settingDocs(ownSettings) }
func ClientSettings() []SettingDoc { return settingDocs(clientSettings) }

func settingDocs(list []setting) []SettingDoc {
	fresh := NewSettings()
	out := make([]SettingDoc, len(list))
	for i, x := range list {
		out[i] = SettingDoc{Name: x.label, Default: x.get(fresh), Doc: x.doc}
		if x.name == "parallelism" {
			out[i].Default = "one a core"
		}
	}
	return out
}

// IsSetting reports whether a name is one of the settings.
func IsSetting(name string) bool { return settingOf(name) != nil }

// settingOf is the row of a setting; nil: there is none.
func settingOf(name string) *setting {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return &settings[i]
}

// Get is the value of a setting; false: there is none of that name.
func (s *Settings) Get(name string) (string, bool) {
	if x := settingOf(name); x != nil {
		return x.get(s), true
	}
	v, ok := s.client[name]
	return v, ok
}

func noSetting(name string, at sqlerr.Pos) error {
	err := sqlerr.New(sqlerr.UndefinedObject, at, "there is no setting %q", name)
	err.Hint = sqlerr.Suggest(name, settingNames())
	return err
}

// Set changes a setting by its name. The places are those of the name and of the value.
func (s *Settings) Set(name, value string, at, pos sqlerr.Pos) error {
	x := settingOf(name)
	switch {
	case x == nil && custom(name):
		s.keep(name, value)
		return nil
	case x == nil:
		return noSetting(name, at)
	case x.set == nil:
		return cantChange(*x, at)
	}
	if err := x.set(s, value); err != nil {
		return sqlerr.New(sqlerr.InvalidParameterValue, pos, "setting %q: %q %s", name, value, err.Error()).WithHint("%s", x.doc)
	}
	return nil
}

// Reset gives a setting, or all of them, its default.
func (s *Settings) Reset(name string, at sqlerr.Pos) error {
	fresh := NewSettings()
	fresh.user = s.user
	if name == "all" {
		*s = *fresh
		return nil
	}
	x := settingOf(name)
	switch {
	case x == nil && custom(name):
		s.keep(name, "")
		return nil
	case x == nil:
		return noSetting(name, at)
	case x.set == nil:
		return cantChange(*x, at)
	}
	if s.client != nil {
		rest := maps.Clone(s.client)
		delete(rest, name)
		s.client = rest
	}
	if settingOf(name).get(s) == x.get(fresh) {
		return nil
	}
	return x.set(s, x.get(fresh))
}

func settingNames() []string {
	var names []string
	for _, x := range settings {
		names = append(names, x.name)
	}
	return names
}

var byteUnits = []struct {
	suffix string
	size   int64
}{{"GB", 1 << 30}, {"GIB", 1 << 30}, {"MB", 1 << 20}, {"MIB", 1 << 20}, {"KB", 1 << 10}, {"KIB", 1 << 10}, {"B", 1}, {"", 1}}

func parseBytes(v string) (int64, error) {
	text := strings.ToUpper(strings.ReplaceAll(v, " ", ""))
	for _, u := range byteUnits {
		if num, ok := strings.CutSuffix(text, u.suffix); ok {
			n, err := strconv.ParseInt(num, 10, 64)
			if err != nil || n < 0 || n > (1<<62)/u.size {
				break
			}
			return n * u.size, nil
		}
	}
	return 0, fmt.Errorf("is not a number of bytes such as '512MB'")
}

func formatBytes(n int64) string {
	if n == autoMemory {
		return "auto"
	}
	for _, u := range byteUnits {
		if n > 0 && u.size > 1 && n%u.size == 0 {
			return fmt.Sprintf("%d%s", n/u.size, u.suffix)
		}
	}
	return strconv.FormatInt(n, 10)
}
