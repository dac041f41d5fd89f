// Makes regex.golden.jsonl: what java.util.regex.Pattern matches as a whole.
//
//	java RegexTable.java < regex.inputs > regex.golden.jsonl
//
// Each line of standard input is a pattern and texts, all UTF-8 in hexadecimal
// with commas between. Ran with Java 17.0.15 and with Java 25; only patterns on
// which both agree were kept.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.regex.*;

public class RegexTable {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, "UTF-8");
        for (String line; (line = in.readLine()) != null; ) {
            String[] fields = line.split(",", -1);
            String pattern = text(fields[0]);
            out.println("{\"pattern\":" + quote(pattern) + "," + match(pattern, fields) + "}");
        }
        out.flush();
    }

    static String match(String pattern, String[] fields) {
        Pattern p;
        try {
            p = Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            return "\"error\":" + quote(e.getDescription());
        } catch (RuntimeException e) {
            return "\"error\":" + quote(e.toString());
        }
        try {
            return match(p, fields);
        } catch (RuntimeException e) { // Java 17 stumbles over [a-b0&&]
            return "\"error\":" + quote(e.toString());
        }
    }

    static String match(Pattern p, String[] fields) {
        StringJoiner yes = new StringJoiner(",", "\"yes\":[", "]");
        StringJoiner no = new StringJoiner(",", "\"no\":[", "]");
        for (int i = 1; i < fields.length; i++) {
            String s = text(fields[i]);
            (p.matcher(s).matches() ? yes : no).add(quote(s));
        }
        return yes + "," + no;
    }

    static String text(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
    }

    static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') b.append(String.format("\\u%04x", (int) c));
            else b.append(c);
        }
        return b.append('"').toString();
    }
}
