package catalog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var units = map[string]time.Duration{
	"us": time.Microsecond, "microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"ms": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

// ParseDuration reads a length of time as people write it in options: "10s", "500 ms", "1 hour", "1h30m".
func ParseDuration(s string) (time.Duration, error) {
	if d, err := time.ParseDuration(strings.ReplaceAll(s, " ", "")); err == nil {
		return d, nil
	}
	fields := strings.Fields(strings.ToLower(s))
	if len(fields) == 0 || len(fields)%2 != 0 {
		return 0, fmt.Errorf("is not a duration such as '10s' or '5 minutes'")
	}
	var sum time.Duration
	for i := 0; i < len(fields); i += 2 {
		n, err := strconv.ParseFloat(fields[i], 64)
		u, ok := units[fields[i+1]]
		if err != nil || !ok {
			return 0, fmt.Errorf("is not a duration such as '10s' or '5 minutes'")
		}
		sum += time.Duration(n * float64(u))
	}
	return sum, nil
}

// IsDuration is an OptionSpec.Parse.
func IsDuration(s string) error { _, err := ParseDuration(s); return err }

// IsPositiveInt is an OptionSpec.Parse.
func IsPositiveInt(s string) error {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n <= 0 {
		return fmt.Errorf("is not a positive whole number")
	}
	return nil
}

// IsBool is an OptionSpec.Parse.
func IsBool(s string) error {
	if s != "true" && s != "false" {
		return fmt.Errorf("is neither 'true' nor 'false'")
	}
	return nil
}

// OneOf is an OptionSpec.Parse for a fixed list of words.
func OneOf(words ...string) func(string) error {
	return func(s string) error {
		for _, w := range words {
			if s == w {
				return nil
			}
		}
		return fmt.Errorf("is none of '%s'", strings.Join(words, "', '"))
	}
}
