// Asks the SQL endpoint as Grafana's ClickHouse plugin does: through database/sql and clickhouse-go over HTTP.
//
// Reads one JSON object a line (field names below) and answers one a line, until its input ends.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

type request struct {
	Port        int               `json:"port"`
	Password    string            `json:"password"`
	Database    string            `json:"database"`
	Compression string            `json:"compression"` // "gzip" as the plugin, or "none"
	Ping        bool              `json:"ping"`
	SQL         string            `json:"sql"`
	Settings    map[string]string `json:"settings"`
	Parameters  map[string]string `json:"parameters"`
	Comment     string            `json:"comment"`
	Zone        string            `json:"zone"`
	CancelAfter int               `json:"cancel_after"` // milliseconds
}

type answer struct {
	Columns []string   `json:"columns"`
	Types   []string   `json:"types"`
	Rows    [][]string `json:"rows"`
	Error   string     `json:"error"`
	Code    int32      `json:"code"` // ClickHouse's number, where the client could tell
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if err := out.Encode(respond(asked)); err != nil {
			os.Exit(2)
		}
	}
}

func respond(asked request) answer {
	db := clickhouse.OpenDB(options(asked))
	defer db.Close()
	ctx := context.Background()
	if asked.CancelAfter > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(asked.CancelAfter)*time.Millisecond)
		defer cancel()
	}
	ctx = withOptions(ctx, asked)
	if asked.Ping {
		return failed(db.PingContext(ctx))
	}
	found, err := query(ctx, db, asked.SQL)
	if err != nil {
		return failed(err)
	}
	return found
}

func options(asked request) *clickhouse.Options {
	compression := clickhouse.CompressionNone
	if asked.Compression == "gzip" {
		compression = clickhouse.CompressionGZIP
	}
	settings := clickhouse.Settings{}
	for name, value := range asked.Settings {
		settings[name] = value
	}
	return &clickhouse.Options{
		Addr:        []string{fmt.Sprintf("127.0.0.1:%d", asked.Port)},
		Auth:        clickhouse.Auth{Database: asked.Database, Username: "default", Password: asked.Password},
		Protocol:    clickhouse.HTTP,
		Compression: &clickhouse.Compression{Method: compression},
		DialTimeout: 10 * time.Second,
		ReadTimeout: 60 * time.Second,
		Settings:    settings,
		ClientInfo: clickhouse.ClientInfo{Products: []struct{ Name, Version string }{
			{Name: "grafana", Version: "12.0.0"}, {Name: "clickhouse-datasource", Version: "4.20.0"},
		}},
	}
}

func withOptions(ctx context.Context, asked request) context.Context {
	if len(asked.Parameters) > 0 {
		ctx = clickhouse.Context(ctx, clickhouse.WithParameters(asked.Parameters))
	}
	if asked.Comment != "" {
		ctx = clickhouse.Context(ctx, clickhouse.WithClientInfo(clickhouse.ClientInfo{Comment: []string{asked.Comment}}))
	}
	if asked.Zone != "" {
		if zone, err := time.LoadLocation(asked.Zone); err == nil {
			ctx = clickhouse.Context(ctx, clickhouse.WithUserLocation(zone))
		}
	}
	return ctx
}

func query(ctx context.Context, db *sql.DB, text string) (answer, error) {
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return answer{}, err
	}
	defer rows.Close()
	found := answer{Rows: [][]string{}}
	if found.Columns, err = rows.Columns(); err != nil {
		return answer{}, err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return answer{}, err
	}
	for _, kind := range types {
		found.Types = append(found.Types, kind.DatabaseTypeName())
	}
	for rows.Next() {
		values := make([]any, len(found.Columns))
		targets := make([]any, len(values))
		for at := range values {
			targets[at] = &values[at]
		}
		if err := rows.Scan(targets...); err != nil {
			return answer{}, err
		}
		texts := make([]string, len(values))
		for at, value := range values {
			texts[at] = textOf(value)
		}
		found.Rows = append(found.Rows, texts)
	}
	return found, rows.Err()
}

func textOf(value any) string {
	if moment, ok := value.(time.Time); ok {
		return moment.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}

func failed(err error) answer {
	if err == nil {
		return answer{}
	}
	found := answer{Error: err.Error()}
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		found.Code = exception.Code
	}
	return found
}
