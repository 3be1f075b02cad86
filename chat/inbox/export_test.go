package inbox

import "github.com/teahouse-im/teahouse/chat/ledger"

// CountSettings counts so many settings more than there are.
func CountSettings(t *ledger.Turn, n int64) { numbered.Add(t, "", n) }
