// Owns the control: a daemon as one would write it in ten minutes, which the sweeps must find out.

/// Copies and removes, appends in place, syncs nothing; like caid it blocks a task with a malformed header.
enum NaiveDaemon {
    /// For perl, which every Debian has, as one process that makes its own system calls.
    static let script = #"""
        my $tasks = "$ARGV[0]/tasks";
        sub move {
            my ($name, $old, $new, $line) = @_;
            open(my $source, "<", "$tasks/gpu/$old/$name") or die;
            my $text = join("", <$source>);
            open(my $target, ">", "$tasks/gpu/$new/$name") or die;
            print $target $text;
            close($target);
            unlink("$tasks/gpu/$old/$name");
            open(my $log, ">>", "$tasks/gpu/$new/$name") or die;
            print $log "\n- [now] $line\n";
            close($log);
        }
        sub names { my ($state) = @_; opendir(my $d, "$tasks/gpu/$state") or die; sort(grep(/md$/, readdir($d))) }
        move($_, "pending", "in_progress", "] started as run 1") for names("pending");
        move($_, "in_progress", "blocked", "] blocked: the header is malformed") for names("in_progress");
        """#
}
