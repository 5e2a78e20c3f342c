package seed

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// batchValues is about how many values one INSERT has: enough that round trips hardly
// count, and not more, since the SQLite driver looks for each placeholder among all values.
const batchValues = 120

// batch gathers rows of one table.
type batch struct {
	table   string
	columns []string
	values  []any
}

func newBatch(table string, columns ...string) *batch {
	return &batch{table: table, columns: columns}
}

// add adds one row, in the order of the columns.
func (b *batch) add(values ...any) { b.values = append(b.values, values...) }

// insert writes the rows. With a returning clause it gives each returned row to each.
func (b *batch) insert(ctx context.Context, tx *sql.Tx, returning string, each func(scan func(...any) error) error) error {
	width := len(b.columns)
	for rest := b.values; len(rest) > 0; {
		n := min(len(rest)/width, batchValues/width)
		if err := b.insertSome(ctx, tx, rest[:n*width], returning, each); err != nil {
			return fmt.Errorf("%s: %w", b.table, err)
		}
		rest = rest[n*width:]
	}
	return nil
}

func (b *batch) insertSome(ctx context.Context, tx *sql.Tx, values []any, returning string, each func(scan func(...any) error) error) error {
	var q strings.Builder
	fmt.Fprintf(&q, "INSERT INTO %s (%s) VALUES ", b.table, strings.Join(b.columns, ", "))
	for i := range values {
		switch {
		case i == 0:
			q.WriteString("(")
		case i%len(b.columns) == 0:
			q.WriteString("), (")
		default:
			q.WriteString(", ")
		}
		q.WriteString("$" + strconv.Itoa(i+1))
	}
	q.WriteString(")")
	if returning == "" {
		_, err := tx.ExecContext(ctx, q.String(), values...)
		return err
	}
	rows, err := tx.QueryContext(ctx, q.String()+" RETURNING "+returning, values...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
