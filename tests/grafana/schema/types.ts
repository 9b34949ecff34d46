// Names for what is looked at: Grafana's own names repeat from panel to panel.
import type { Dashboard as Board } from './node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen';
import type { Options as Stat } from './node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen';
import type {
  FieldConfig as TableField,
  Options as Table,
} from './node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen';
import type {
  FieldConfig as SeriesField,
  Options as Series,
} from './node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen';

export interface dashboard extends Board {}
export interface stat_options extends Stat {}
export interface table_options extends Table {}
export interface table_custom extends TableField {}
export interface timeseries_options extends Series {}
export interface timeseries_custom extends SeriesField {}
