package localpg

// settings suit one application on a machine that has bots to run besides. Nothing here trades
// away safety: a committed log line survives a power cut.
func settings() map[string]string {
	return map[string]string{
		"fsync":              "on",
		"full_page_writes":   "on",
		"synchronous_commit": "on",

		"max_connections":        "60",
		"shared_buffers":         "128MB",
		"effective_cache_size":   "512MB",
		"work_mem":               "8MB",
		"maintenance_work_mem":   "64MB",
		"autovacuum_max_workers": "2",
		"jit":                    "off", // costs more than it gives for short queries

		// Log lines arrive in bulk: few, spread-out checkpoints, and smaller full page images.
		"max_wal_size":       "1GB",
		"min_wal_size":       "80MB",
		"checkpoint_timeout": "15min",
		"wal_compression":    "on",

		"timezone":     "UTC",
		"log_timezone": "UTC",

		// A file for each weekday, overwritten a week later: the log stays bounded by itself.
		"logging_collector":        "on",
		"log_directory":            "log",
		"log_filename":             "postgres-%a.log",
		"log_rotation_age":         "1d",
		"log_rotation_size":        "0",
		"log_truncate_on_rotation": "on",
		"log_checkpoints":          "off",
		"log_line_prefix":          "%m [%p] ",
		"log_error_verbosity":      "terse", // details may quote rows
		// Statements may hold what a person typed; the message of an error is enough.
		"log_min_error_statement":     "panic",
		"log_parameter_max_length":    "0",
		"log_min_duration_statement":  "-1",
		"log_autovacuum_min_duration": "-1",
	}
}
