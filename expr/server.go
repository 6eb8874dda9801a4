package expr

import (
	"context"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// serverFunctions tell about the server and make it wait.
var serverFunctions = []Function{
	{Name: "pg_sleep", Group: serverGroup, Doc: "Waits for so many seconds. Cancelling the query ends it.", Example: "pg_sleep(0.01) IS NULL", ExampleResult: "false",
		Overloads: []Overload{{Args: []types.Kind{types.Float64}, Result: types.Text, Strict: true, Fails: true, Volatility: Each, Kernel: sleep}}},
	{Name: "pg_cancel_backend", Group: serverGroup, Doc: "Cancels the statement that a session of the same user runs. False where there is no such session.", Example: "pg_cancel_backend(0)", ExampleResult: "false",
		Overloads: []Overload{{Args: []types.Kind{types.Int32}, Result: types.Bool, Strict: true, Fails: true, Volatility: Each, Kernel: signal(false)}}},
	{Name: "pg_terminate_backend", Group: serverGroup, Doc: "Ends a session of the same user. False where there is no such session.", Example: "pg_terminate_backend(0)", ExampleResult: "false",
		Overloads: []Overload{{Args: []types.Kind{types.Int32}, Result: types.Bool, Strict: true, Fails: true, Volatility: Each, Kernel: signal(true)}}},
	{Name: "pg_advisory_unlock_all", Group: serverGroup, Doc: "Gives back the session's advisory locks, of which there are none: poolers ask for it.", Example: "pg_advisory_unlock_all() IS NULL", ExampleResult: "false",
		Overloads: []Overload{{Result: types.Text, Volatility: Each, Kernel: func(in *Input) (arrow.Array, error) {
			return in.textRows(func(dst []byte, _ int) ([]byte, error) { return dst, nil })
		}}}},
	{Name: "pg_postmaster_start_time", Group: serverGroup, Doc: "When the server began.", Example: "pg_postmaster_start_time()", ExampleResult: "2026-01-01 00:00:00+00",
		Overloads: []Overload{{Result: types.TimestampTZ, Volatility: Stable, Kernel: started}}},
	{Name: "pg_conf_load_time", Group: serverGroup, Doc: "When the settings were read: when the server began.", Example: "pg_conf_load_time()", ExampleResult: "2026-01-01 00:00:00+00",
		Overloads: []Overload{{Result: types.TimestampTZ, Volatility: Stable, Kernel: started}}},
	{Name: "pg_is_in_recovery", Group: serverGroup, Doc: "Whether the server only copies another: it never does.", Example: "pg_is_in_recovery()", ExampleResult: "false",
		Overloads: []Overload{{Result: types.Bool, Kernel: never}}},
	{Name: "pg_is_other_temp_schema", Group: serverGroup, Doc: "Whether a schema has another session's temporary tables: none does.", Example: "pg_is_other_temp_schema(2200)", ExampleResult: "false",
		Overloads: []Overload{{Args: []types.Kind{oidArg}, Result: types.Bool, Strict: true, Kernel: never}}},
	{Name: "pg_relation_is_publishable", Group: serverGroup, Doc: "Whether the changes of a table can be published by logical replication: there is none.", Example: "pg_relation_is_publishable(16384)", ExampleResult: "false",
		Overloads: []Overload{{Args: []types.Kind{relationArg}, Result: types.Bool, Strict: true, Kernel: never}}},
	{Name: "pg_tablespace_location", Group: serverGroup, Doc: "The folder of a tablespace; empty: the data folder.", Example: "pg_tablespace_location(1663) = ''", ExampleResult: "true",
		Overloads: []Overload{{Args: []types.Kind{oidArg}, Result: types.Text, Strict: true, Volatility: Stable, Kernel: func(in *Input) (arrow.Array, error) {
			return in.textRows(func(dst []byte, _ int) ([]byte, error) { return dst, nil })
		}}}},
	{Name: "getdatabaseencoding", Group: serverGroup, Doc: "The encoding of the database: UTF8.", Example: "getdatabaseencoding()", ExampleResult: "UTF8",
		Overloads: []Overload{{Type: fixedType(nameType), Kernel: func(in *Input) (arrow.Array, error) {
			return in.textRows(func(dst []byte, _ int) ([]byte, error) { return append(dst, "UTF8"...), nil })
		}}}},
	{Name: "pg_my_temp_schema", Group: serverGroup, Doc: "The schema of the session's temporary tables: 0, there is none.", Example: "pg_my_temp_schema()", ExampleResult: "0",
		Overloads: []Overload{{Type: fixedType(oidType), Kernel: func(in *Input) (arrow.Array, error) {
			return fixed(in, 8, func(dst []int64) { clear(dst) })
		}}}},
	{Name: "txid_current", Group: serverGroup, Doc: "A number of the statement that later ones have larger: its time in microseconds.", Example: "txid_current() > 0", ExampleResult: "true",
		Overloads: []Overload{{Result: types.Int64, Volatility: Stable, Kernel: nowKernel(8, func(now int64) int64 { return now })}}},
}

// sleep waits before each row that it gives.
func sleep(in *Input) (arrow.Array, error) {
	seconds := col[float64](in, 0)
	ctx := in.ctx
	if ctx == nil {
		ctx = context.Background()
	}
	return in.textRows(func(dst []byte, i int) ([]byte, error) {
		s := seconds.at(i)
		if !(s > 0) {
			return dst, nil
		}
		wait := time.NewTimer(time.Duration(min(s*1e9, math.MaxInt64/2)))
		defer wait.Stop()
		select {
		case <-wait.C:
			return dst, nil
		case <-ctx.Done():
			return dst, context.Cause(ctx)
		}
	})
}

// signal asks for the end of statements or of sessions.
func signal(end bool) Kernel {
	return func(in *Input) (arrow.Array, error) {
		o, err := in.objects()
		if err != nil {
			return nil, err
		}
		pid := col[int32](in, 0)
		return in.boolRows(func(i int) (bool, error) {
			found, err := o.Signal(int64(pid.at(i)), end)
			if err != nil {
				return false, in.fault(i, sqlerr.Code(err), err.Error())
			}
			return found, nil
		})
	}
}

func started(in *Input) (arrow.Array, error) {
	o, err := in.objects()
	if err != nil {
		return nil, err
	}
	at := o.Started()
	return fixed(in, 8, func(dst []int64) {
		for i := range dst {
			dst[i] = at
		}
	})
}

// never is false of whatever is there.
func never(in *Input) (arrow.Array, error) {
	return in.boolRows(func(int) (bool, error) { return false, nil })
}
