package server

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bytes is a size: 512kB, 1MiB, or a number.
type Bytes int64

var byteUnits = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}, {"", 1},
}

func (b Bytes) String() string {
	for _, u := range byteUnits {
		if n := int64(b) / u.bytes; n > 0 && n*u.bytes == int64(b) {
			return strconv.FormatInt(n, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

func parseBytes(s string) (Bytes, error) {
	for _, u := range byteUnits {
		digits, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.bytes {
			break
		}
		return Bytes(n * u.bytes), nil
	}
	return 0, errors.New("is not a size such as 512kB or 1MiB")
}

// set reads a text into a field of Config.
func set(field any, text string) error {
	var err error
	switch f := field.(type) {
	case *string:
		*f = text
	case *bool:
		if err := oneOf(text, "true", "false"); err != nil {
			return err
		}
		*f = text == "true"
	case *int:
		if *f, err = strconv.Atoi(text); err != nil {
			return errors.New("is not a whole number")
		}
	case *time.Duration:
		if *f, err = time.ParseDuration(text); err != nil {
			return errors.New("is not a duration such as 30s or 5m")
		}
	case *Bytes:
		*f, err = parseBytes(text)
		return err
	case *slog.Level:
		if err := oneOf(text, "debug", "info", "warn", "error"); err != nil {
			return err
		}
		return f.UnmarshalText([]byte(text))
	default:
		panic(fmt.Sprintf("a setting of type %T", field))
	}
	return nil
}

// literal is the value of a field as TOML.
func literal(field any) string {
	switch f := field.(type) {
	case *string:
		return strconv.Quote(*f)
	case *bool:
		return strconv.FormatBool(*f)
	case *int:
		return strconv.Itoa(*f)
	case *time.Duration:
		return strconv.Quote(f.String())
	case *Bytes:
		return strconv.Quote(f.String())
	case *slog.Level:
		return strconv.Quote(strings.ToLower(f.String()))
	}
	panic(fmt.Sprintf("a setting of type %T", field))
}

func oneOf(v string, words ...string) error {
	if !slices.Contains(words, v) {
		return fmt.Errorf("is not one of %s", strings.Join(words, ", "))
	}
	return nil
}

func positive[T int | Bytes | time.Duration](v T) error {
	if v <= 0 {
		return errors.New("is not above 0")
	}
	return nil
}

func notNegative(v time.Duration) error {
	if v < 0 {
		return errors.New("is below 0")
	}
	return nil
}

// messageSize is what the length of a message of PostgreSQL's protocol can say.
func messageSize(v Bytes) error {
	if v < 1<<10 || v > 1<<30 {
		return errors.New("is not from 1KiB to 1GiB")
	}
	return nil
}

func notEmpty(v string) error {
	if v == "" {
		return errors.New("is empty")
	}
	return nil
}

// address checks host:port; whether anybody can listen there is seen when it is tried.
func address(v string) error {
	if v == off {
		return nil
	}
	_, port, err := net.SplitHostPort(v)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > math.MaxUint16 {
		return errors.New("is not an address such as 127.0.0.1:8080")
	}
	return nil
}
