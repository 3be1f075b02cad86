// Package bench is `teahouse bench`: a load generator that speaks plain MQTT
// 3.1.1, against this server or, with the same traffic on ordinary topics,
// against any other broker. It measures from the outside and refuses to look inside: whatever it counts, a
// client would have seen. Latency is taken from the moment a message was due, not from
// when a stalled generator got round to sending it.
//
// Start reading at Run in bench.go; each work has a file of its own.
package bench
