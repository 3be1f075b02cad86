package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// backup has the running server write a backup. It takes as long as it takes.
func (c *control) backup(ctx context.Context, out io.Writer, noMedia bool) error {
	path := "backup"
	if noMedia {
		path += "?media=no"
	}
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("the server has ended the backup before it was whole: %w", err)
	}
	return nil
}
