package server

import (
	"bytes"
	"log"
	"log/slog"
	"strings"
	"testing"
)

func TestLinesOfLibrariesAreInTheLog(t *testing.T) {
	was, flags := log.Writer(), log.Flags()
	t.Cleanup(func() {
		log.SetOutput(was)
		log.SetFlags(flags)
	})
	var out bytes.Buffer
	TakeStandardLog(NewLog(&out, "text", &slog.LevelVar{}))
	log.Printf("unable to load snapshot, %s, continuing", "failed")
	if want := `level=WARN msg="a library writes" component=library line="unable to load snapshot, failed, continuing"` + "\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got %s, want %s", out.String(), want)
	}
}
