import '../style.css';
import { render } from 'preact';

import { applyTheme } from '../theme.ts';
import { ReportDocument, type ReportData } from './report-document.tsx';

const data = document.getElementById('data')?.textContent;
const root = document.getElementById('app');
applyTheme('system');
if (data && root !== null) render(<ReportDocument data={JSON.parse(data) as ReportData} />, root);
